import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";

// Which city is asked for, and is it here? Reads nothing else: its role admits one attribute of one kind of item.
const table = new DynamoDBClient({});
const SLUG = /^\/cities\/([a-z](?:-?[a-z0-9]){2,39})(?:\/|$)/;

export const handler = async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
  const slug = SLUG.exec(event.path)?.[1];
  const isHere = slug !== undefined && (await exists(slug));
  const [arn = "", stage = ""] = event.methodArn.split("/");
  return {
    principalId: slug ?? "nobody",
    policyDocument: {
      Version: "2012-10-17",
      Statement: [
        {
          Action: "execute-api:Invoke",
          Effect: isHere ? "Allow" : "Deny",
          Resource: isHere
            ? [`${arn}/${stage}/*/cities/${slug}`, `${arn}/${stage}/*/cities/${slug}/*`]
            : [event.methodArn],
        },
      ],
    },
    context: { city: isHere ? slug : "" },
  };
};

async function exists(slug: string): Promise<boolean> {
  const { Item } = await table.send(
    new GetItemCommand({
      TableName: process.env["HANSA_CITY_TABLE"],
      Key: { pk: { S: `CITY#${slug}#CITY` }, sk: { S: "CITY" } },
      ProjectionExpression: "pk",
    }),
  );
  return Item !== undefined;
}
