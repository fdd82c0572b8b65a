/** What the standard wants of one of its tables. @see https://gtfs.org/documentation/schedule/reference */
export interface TableRules {
  required: string[];
  /** The column, or columns, that name a row once. */
  key?: string[];
  /** Columns that name a row of other tables: one of them must have it. */
  references?: Record<string, string[]>;
  values?: Record<string, RegExp>;
}

const DATE = /^\d{4}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$/;
const TIME = /^\d{1,3}:[0-5]\d:[0-5]\d$/;
const FLAG = /^[01]$/;
const WHOLE = /^\d{1,9}$/;
const COLOUR = /^[0-9A-Fa-f]{6}$/;
const URL_LIKE = /^https?:\/\/\S+$/i;
const LATITUDE = /^[+-]?(?:[0-8]?\d(?:\.\d+)?|90(?:\.0+)?)$/;
const LONGITUDE = /^[+-]?(?:(?:\d|\d\d|1[0-7]\d)(?:\.\d+)?|180(?:\.0+)?)$/;
const ROUTE_TYPE = /^(?:[0-7]|11|12|[1-9]\d\d|1[0-7]\d\d)$/;

const WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/** The tables that every timetable has, or that make its layers, by their file without `.txt`. */
export const RULES: Record<string, TableRules> = {
  agency: {
    required: ["agency_name", "agency_url", "agency_timezone"],
    key: ["agency_id"],
    values: { agency_url: URL_LIKE },
  },
  stops: {
    required: ["stop_id"],
    key: ["stop_id"],
    references: { parent_station: ["stops"] },
    values: { stop_lat: LATITUDE, stop_lon: LONGITUDE, location_type: /^[0-4]$/ },
  },
  routes: {
    required: ["route_id", "route_type"],
    key: ["route_id"],
    references: { agency_id: ["agency"] },
    values: { route_type: ROUTE_TYPE, route_color: COLOUR, route_text_color: COLOUR },
  },
  trips: {
    required: ["route_id", "service_id", "trip_id"],
    key: ["trip_id"],
    references: { route_id: ["routes"], service_id: ["calendar", "calendar_dates"], shape_id: ["shapes"] },
    values: { direction_id: FLAG },
  },
  stop_times: {
    required: ["trip_id", "stop_sequence"],
    references: { trip_id: ["trips"], stop_id: ["stops"] },
    values: { arrival_time: TIME, departure_time: TIME, stop_sequence: WHOLE },
  },
  calendar: {
    required: ["service_id", ...WEEK, "start_date", "end_date"],
    key: ["service_id"],
    values: { ...Object.fromEntries(WEEK.map((day) => [day, FLAG])), start_date: DATE, end_date: DATE },
  },
  calendar_dates: {
    required: ["service_id", "date", "exception_type"],
    values: { date: DATE, exception_type: /^[12]$/ },
  },
  shapes: {
    required: ["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"],
    values: { shape_pt_lat: LATITUDE, shape_pt_lon: LONGITUDE, shape_pt_sequence: WHOLE },
  },
  frequencies: {
    required: ["trip_id", "start_time", "end_time", "headway_secs"],
    references: { trip_id: ["trips"] },
    values: { start_time: TIME, end_time: TIME, headway_secs: WHOLE },
  },
  transfers: {
    required: ["transfer_type"],
    references: { from_stop_id: ["stops"], to_stop_id: ["stops"] },
    values: { transfer_type: /^[0-5]$/ },
  },
  feed_info: {
    required: ["feed_publisher_name", "feed_publisher_url", "feed_lang"],
    values: { feed_publisher_url: URL_LIKE, feed_start_date: DATE, feed_end_date: DATE },
  },
};

/**
 * Columns of quantities and kinds, by their names. All others hold names, which stay as they are written: `1.10` and
 * `1.1` are two stops, and a colour `000000` is no number.
 */
export const isQuantity = (column: string): boolean =>
  QUANTITIES.has(column) || /_(?:lat|lon|sequence|type)$/.test(column);
const QUANTITIES = new Set([
  ...WEEK,
  ...["direction_id", "wheelchair_boarding", "wheelchair_accessible", "bikes_allowed", "cars_allowed", "timepoint"],
  ...["continuous_pickup", "continuous_drop_off", "exact_times", "headway_secs", "shape_dist_traveled"],
  ...["min_transfer_time", "transfers", "transfer_duration", "payment_method", "price", "amount"],
  ...["pathway_mode", "is_bidirectional", "length", "traversal_time", "stair_count", "max_slope", "min_width"],
  ...["level_index", "route_sort_order", "is_producer", "is_operator", "is_authority"],
]);
/** Columns of days, which the standard writes without signs between: 20260401. */
export const isDay = (column: string): boolean => /(?:^|_)date$/.test(column);

/** Tables without which there is no timetable. Stops may be areas instead, which are not read here. */
export const NEEDED = ["agency", "stops", "routes", "trips", "stop_times"];
/** Columns by which rows of other tables are named. */
export const NAMED_BY: Record<string, string> = {
  agency: "agency_id",
  stops: "stop_id",
  routes: "route_id",
  trips: "trip_id",
  calendar: "service_id",
  calendar_dates: "service_id",
  shapes: "shape_id",
};
