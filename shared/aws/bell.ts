import { createHash } from "node:crypto";
import { CreateScheduleCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import type { Bell } from "../ports.ts";
import type { Settings } from "../settings.ts";

/**
 * The table's stream rings by itself after each commit, so `ring` has nothing to do. `wake` leaves one schedule that
 * puts the city on the bell queue at its time, and removes itself.
 */
export function schedulerBell(settings: Settings): Bell {
  const scheduler = new SchedulerClient({});
  return {
    ring() {},
    async wake(city, at) {
      if (!settings.HANSA_BELL_QUEUE || !settings.HANSA_WAKE_ROLE) return; // this function's rooms never wake anybody
      // A schedule knows whole seconds. Rounded down it could ring before anything is due, and nobody would ring again.
      const second = Math.ceil(Math.max(at.getTime(), Date.now() + 1000) / 1000) * 1000;
      const when = new Date(second).toISOString().slice(0, 19);
      const Name = `wake-${createHash("sha256").update(`${city} ${when}`).digest("hex").slice(0, 40)}`;
      try {
        await scheduler.send(
          new CreateScheduleCommand({
            Name,
            ScheduleExpression: `at(${when})`,
            ScheduleExpressionTimezone: "UTC",
            FlexibleTimeWindow: { Mode: "OFF" },
            ActionAfterCompletion: "DELETE",
            Target: {
              Arn: settings.HANSA_BELL_QUEUE,
              RoleArn: settings.HANSA_WAKE_ROLE,
              Input: JSON.stringify({ city }),
              SqsParameters: { MessageGroupId: city },
            },
          }),
        );
      } catch (error) {
        if ((error as Error).name !== "ConflictException") throw error; // somebody else asked for the same second
      }
    },
  };
}
