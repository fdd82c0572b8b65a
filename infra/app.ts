import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { bundleEntries } from "./bundle.ts";
import { acknowledgeExceptions } from "./exceptions.ts";
import { houseSettings } from "./settings.ts";
import { CellStack } from "./stacks/cell.ts";
import { ControlStack } from "./stacks/control.ts";
import { MarketplaceStack } from "./stacks/marketplace.ts";

/** The whole house as stacks; synthesised by `cdk`, and by the template tests. */
export function house(app: App): { control: ControlStack; marketplace: MarketplaceStack; cell: CellStack } {
  const settings = houseSettings(app);
  const name = (stack: string) => `hansa-${settings.stage}-${stack}`;
  const marketplace = new MarketplaceStack(app, name("marketplace"), { settings });
  const control = new ControlStack(app, name("control"), { settings });
  const cell = new CellStack(app, name("cell"), {
    settings,
    control: control.control,
    market: marketplace.market,
    packages: marketplace.bucket,
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  acknowledgeExceptions(settings.stage, { control, marketplace, cell });
  return { control, marketplace, cell };
}

if (process.argv[1] === import.meta.filename) {
  bundleEntries();
  const app = new App();
  house(app);
  app.synth();
}
