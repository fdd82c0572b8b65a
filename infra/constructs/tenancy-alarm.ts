import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { FilterPattern, MetricFilter } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { HouseFunction } from "./house-function.ts";

interface Props {
  stage: string;
  /** Those that have one environment per city. */
  functions: Record<string, HouseFunction>;
}

/**
 * Rings the first time that path, authorizer and environment do not name the same city: the request was stopped, but
 * a layer of isolation is wrong. It looks at the error that `shared/tenancy.ts` throws, as the log keeps it; nothing
 * that a visitor sends is written there.
 */
export class TenancyAlarm extends Construct {
  constructor(scope: Construct, id: string, { stage, functions }: Props) {
    super(scope, id);
    const [metric] = Object.entries(functions).map(([name, { logs }]) =>
      new MetricFilter(this, name, {
        logGroup: logs,
        filterPattern: FilterPattern.stringValue("$.error.message", "=", "tenancy:*"),
        metricNamespace: `Hansa/${stage}`,
        metricName: "TenancyDisagreements",
        metricValue: "1",
      }).metric({ statistic: "Sum", period: Duration.minutes(1) }),
    );
    new Alarm(this, "Alarm", {
      metric: metric!,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      alarmDescription: "A request was stopped because its layers named two cities: look for `tenancy:` in the logs.",
    });
  }
}
