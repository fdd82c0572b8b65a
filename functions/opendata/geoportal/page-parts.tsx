import type { Common as RoomCommon } from "../showing.ts";
import { addressOf, type MapAsked } from "./asked.ts";
import type { Found } from "./identify.ts";
import type { Picture } from "./layers.ts";
import type { measured } from "./measure.ts";
import type { mapTexts } from "./texts.ts";

export interface Common extends Omit<RoomCommon, "t"> {
  t: ReturnType<typeof mapTexts.in>;
  now: Date;
}

/** What the map's page is made of. */
export interface MapProps extends Common {
  picture: Picture;
  found: Found[] | undefined;
  measure: ReturnType<typeof measured> | undefined;
  errors: { field: string; detail: string }[];
  /** What was written into a field that is wrong. */
  written: Record<string, string>;
}

/** The address of a map like this one, with something else about it. */
export const mapUrl = (
  { url, picture }: Pick<MapProps, "url" | "picture">,
  change: Partial<MapAsked> = {},
  path = "/map",
) => {
  const layers = picture.layers.map(({ asked }) => asked);
  return url(path) + addressOf({ ...picture.asked, layers, at: picture.view, ...change });
};

/** The same as fields of a form, without those that it asks for itself. */
export const Rest = ({ props, without }: { props: MapProps; without: readonly string[] }) => {
  const query = new URL(mapUrl(props), "http://map").searchParams;
  return (
    <>
      {[...query].map(([name, value]) => !without.includes(name) && <input type="hidden" name={name} value={value} />)}
    </>
  );
};

export const number = (lang: string, value: number, digits = 3): string =>
  new Intl.NumberFormat(lang, { maximumFractionDigits: digits }).format(value);
