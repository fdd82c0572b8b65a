import { Duration, Size, Stack } from "aws-cdk-lib";
import {
  AccessLogFormat,
  DomainName,
  EndpointType,
  IdentitySource,
  type IResource,
  LambdaIntegration,
  LogGroupLogDestination,
  RequestAuthorizer,
  ResponseType,
  RestApi,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigateway";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup, RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";

interface Props {
  authorizer: IFunction;
  control: IFunction;
  market: IFunction;
  web: IFunction;
  money: IFunction;
  ingest: IFunction;
  /** Requests a second, for the whole house, before the gateway answers 429. */
  rate: number;
  isEmulator: boolean;
  domain: { name: string; certificateArn: string } | undefined;
}

/** The paths below a city that other functions than `web` answer. A path with a star takes everything below it. */
const MONEY_PATHS = [
  "assessments/*",
  "bills/*",
  "pay/*",
  "payments/*",
  "receipts/*",
  "prepaid/*",
  "webhooks/*",
  "staff/assessment/*",
  "staff/billing/*",
  "staff/bills/*",
  "staff/payments/*",
  "staff/ledger/*",
  "staff/counter/*",
  "staff/bank/*",
  "staff/third-parties/*",
  "staff/prepaid/*",
  "staff/module-money/*",
];
const MONEY_V1 = [
  "assessment/*",
  "bills/*",
  "billing/*",
  "bill-runs/*",
  "reliefs/*",
  "bill-inquiries/*",
  "tariffs/*",
  "matching-rules/*",
  "statements/*",
  "flat-tariffs/*",
  "subscriptions/*",
  "exemptions/*",
  "payments/*",
  "payment-account/*",
  "payment-accounts/*",
  "payment-ways/*",
  "refunds/*",
  "refund-limits/*",
  "suspense/*",
  "reconciliations/*",
  "statement-files/*",
  "receipts/*",
  "receipt-key/*",
  "ledger/*",
  "tills/*",
  "cash-reports/*",
  "bank-accounts/*",
  "bank-statements/*",
  "payment-orders/*",
  "third-parties/*",
  "gsma/*",
  "govstack/*",
  "prepaid/*",
  "module-money/*",
];
const COMPRESSED_FROM_BYTES = 1_024;
const INGEST_V1 = ["readings/*", "deliveries/*"];

/** The one gateway: it asks the authorizer which city a path is for, and tells the function, never the client's word. */
export class CityApi extends Construct {
  readonly api: RestApi;
  /** What the domain's CNAME record must say, where the house has a domain. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: Props) {
    super(scope, id);
    const logs = new LogGroup(this, "AccessLog", { retention: RetentionDays.THREE_MONTHS });
    this.api = new RestApi(this, "Api", {
      restApiName: Stack.of(this).stackName,
      endpointTypes: [EndpointType.REGIONAL],
      binaryMediaTypes: ["*/*"],
      // Embedded, the house compresses; here the gateway does it, after the function.
      minCompressionSize: Size.bytes(COMPRESSED_FROM_BYTES),
      cloudWatchRole: false,
      // With a domain there is one way in: no second address where links and sign-in would be another house's.
      disableExecuteApiEndpoint: props.domain !== undefined,
      deployOptions: {
        stageName: "house",
        throttlingRateLimit: props.rate,
        throttlingBurstLimit: props.rate * 2,
        accessLogDestination: new LogGroupLogDestination(logs),
        accessLogFormat: AccessLogFormat.jsonWithStandardFields({
          caller: false,
          user: false,
          ip: false,
          protocol: true,
          httpMethod: true,
          requestTime: true,
          resourcePath: true,
          responseLength: true,
          status: true,
        }),
      },
    });
    if (props.domain) {
      const domain = new DomainName(this, "Domain", {
        domainName: props.domain.name,
        certificate: Certificate.fromCertificateArn(this, "Certificate", props.domain.certificateArn),
        endpointType: EndpointType.REGIONAL,
        securityPolicy: SecurityPolicy.TLS_1_2,
        mapping: this.api,
      });
      this.domainTarget = domain.domainNameAliasDomainName;
    }
    // An unknown city is refused by the authorizer, and must look exactly as a missing thing does.
    for (const type of [
      ResponseType.ACCESS_DENIED,
      ResponseType.UNAUTHORIZED,
      ResponseType.MISSING_AUTHENTICATION_TOKEN,
    ])
      this.api.addGatewayResponse(`Absent${type.responseType}`, {
        type,
        statusCode: "404",
        responseHeaders: { "Content-Type": "'application/problem+json'" },
        templates: { "application/json": ABSENT },
      });

    const authorizer = new RequestAuthorizer(this, "Authorizer", {
      handler: props.authorizer,
      // Cached by path only: nothing else of a request decides which city it is for. An emulator knows no such source.
      ...(props.isEmulator
        ? { identitySources: [], resultsCacheTtl: Duration.seconds(0) }
        : { identitySources: [IdentitySource.context("path")], resultsCacheTtl: Duration.minutes(5) }),
    });
    const plain = (handler: IFunction) => new LambdaIntegration(handler, { allowTestInvoke: false });
    const tenant = (handler: IFunction) =>
      new LambdaIntegration(handler, {
        allowTestInvoke: false,
        requestParameters: { "integration.request.header.X-Amz-Tenant-Id": "context.authorizer.city" },
      });
    const whole = (resource: IResource, integration: LambdaIntegration, options = {}) => {
      resource.addMethod("ANY", integration, options);
      resource.addResource("{proxy+}").addMethod("ANY", integration, options);
    };

    const root = this.api.root;
    root.addMethod("ANY", plain(props.control));
    for (const path of ["control", "problems"]) whole(root.addResource(path), plain(props.control));
    for (const path of ["healthz", "about"]) root.addResource(path).addMethod("ANY", plain(props.control));
    whole(root.addResource("marketplace"), plain(props.market));

    const city = root.addResource("cities").addResource("{city}");
    whole(city, tenant(props.web), { authorizer });
    const v1 = city.addResource("v1");
    whole(v1, tenant(props.web), { authorizer });
    const staff = city.addResource("staff");
    whole(staff, tenant(props.web), { authorizer });
    const below = (path: string): IResource =>
      path.startsWith("staff/") ? staff.addResource(path.split("/")[1]!) : city.addResource(path.split("/")[0]!);
    for (const path of MONEY_PATHS) whole(below(path), tenant(props.money), { authorizer });
    for (const path of MONEY_V1) whole(v1.addResource(path.split("/")[0]!), tenant(props.money), { authorizer });
    for (const path of INGEST_V1) whole(v1.addResource(path.split("/")[0]!), tenant(props.ingest), { authorizer });
  }
}

const ABSENT = JSON.stringify({
  type: "/problems/absent",
  title: "There is nothing here",
  status: 404,
  detail: "There is nothing at this address.",
  code: "absent",
  instance: "urn:request:$context.requestId",
});
