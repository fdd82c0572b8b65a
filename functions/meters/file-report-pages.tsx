import { createRoute, z } from "@hono/zod-openapi";
import { Pager, Table, Tag } from "../../shared/components.tsx";
import { cityMoment } from "../../shared/dates.ts";
import { faults, json, paged, parsed } from "../../shared/http.ts";
import { StaffName } from "../../shared/identity/staff-name.tsx";
import { page } from "../../shared/page.tsx";
import { type CityApp, needs, secured } from "../../shared/room.ts";
import { whoId } from "../../shared/who.ts";
import { FileReport, fileReports } from "./file-reports.ts";
import { saidIn } from "./formats/mistakes.ts";
import { meterTexts } from "./texts.ts";
import type { Shown } from "./views.tsx";

const STAFF = ["agent", "treasurer", "administrator"] as const;
const ADMITTED = [...STAFF, "scope:meters.readings:write"] as const;
const PATH = "/staff/meters/files";

const list = createRoute({
  method: "get",
  path: "/v1/readings/files",
  summary: "What became of files of readings, the latest first: to staff of all, to a key of its own",
  middleware: needs(...ADMITTED),
  ...secured(...ADMITTED),
  request: { query: paged() },
  responses: {
    200: json(z.object({ files: z.array(FileReport), next: z.string().optional() }), "Of ninety days"),
    ...faults("unauthenticated", "forbidden"),
  },
});

/** What became of each file that came by HTTP or was uploaded. */
export function fileReportRoutes(app: CityApp): void {
  app.openapi(list, async (c) => {
    const { here, who } = c.var;
    return c.json(await fileReports(here, c.req.valid("query"), who.kind === "person" ? undefined : whoId(who)), 200);
  });
  app.get(PATH, needs(...STAFF), async (c) => {
    const { here, lang, csrf } = c.var;
    const s: Shown = { here, lang, csrf, t: meterTexts.in(lang) };
    const { files, next } = await fileReports(here, parsed(paged(), { cursor: c.req.query("cursor") }, "query"));
    const crumbs: [string, string][] = [
      [s.t("console"), here.url("/staff")],
      [s.t("meters"), here.url("/staff/meters")],
    ];
    return page(
      c,
      { title: s.t("files"), lead: s.t("filesLead"), crumbs, wide: true },
      <>
        {files.length === 0 ? <p>{s.t("noFiles")}</p> : <Files {...{ s, files }} />}
        {next && <Pager next={[here.url(`${PATH}?cursor=${encodeURIComponent(next)}`), s.t("next")]} />}
      </>,
    );
  });
}

const Files = ({ s, files }: { s: Shown; files: readonly FileReport[] }) => (
  <Table
    caption={s.t("files")}
    head={[s.t("receivedAt"), s.t("fileName"), s.t("sentBy"), s.t("outcome"), s.t("readings"), s.t("problems")]}
    rows={files.map((one) => [
      cityMoment(one.at, s),
      <bdi>{one.name ?? ""}</bdi>,
      <StaffName here={s.here} id={one.by} />,
      <Tag kind={one.outcome === "refused" ? "error" : "success"}>{s.t(`file_${one.outcome}`)}</Tag>,
      one.outcome === "looked_at" || one.deliveryId === undefined ? (
        (one.readings ?? "")
      ) : (
        <a href={s.here.url(`/staff/meters/deliveries/${one.deliveryId}`)}>{one.readings ?? ""}</a>
      ),
      <Problems {...{ s, one }} />,
    ])}
  />
);

function Problems({ s, one: { detail, errors } }: { s: Shown; one: FileReport }) {
  if (errors.length === 0) return <>{detail ?? ""}</>;
  return (
    <details>
      <summary>{errors.length}</summary>
      <ul>
        {errors.map((error) => {
          const line = /^#\/line\/(\d+)$/.exec(error.pointer)?.[1];
          const said = saidIn(s.lang, error);
          return (
            <li>
              {line === undefined ? (
                <>
                  <bdi dir="ltr">{error.pointer}</bdi> {said}
                </>
              ) : (
                s.t("line", { line, detail: said })
              )}
            </li>
          );
        })}
      </ul>
    </details>
  );
}
