import { strToU8, zipSync } from "fflate";

/** A small timetable (GTFS): two stops, a line between them. Synthetic. */
export const TIMETABLE: Record<string, string> = {
  "agency.txt":
    "agency_id,agency_name,agency_url,agency_timezone\nA,Example Transport,https://example.org,Europe/Paris\n",
  "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\nS1,Gare,47.2173,-1.5417\nS2,Commerce,47.2133,-1.5583\n",
  "routes.txt": "route_id,agency_id,route_short_name,route_type,route_color\nR1,A,1,0,00A651\n",
  "trips.txt": "route_id,service_id,trip_id,shape_id\nR1,WEEK,T1,H1\n",
  "stop_times.txt":
    "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nT1,08:00:00,08:00:00,S1,1\nT1,25:05:00,25:05:00,S2,2\n",
  "calendar.txt":
    "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nWEEK,1,1,1,1,1,0,0,20260101,20261231\n",
  "shapes.txt":
    "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\nH1,47.2133,-1.5583,3\nH1,47.2173,-1.5417,1\nH1,47.2150,-1.5500,2\n",
};

/** The timetable as a zip file, with some of its files another way, or left out (null). */
export const timetable = (changes: Record<string, string | null> = {}): Uint8Array =>
  zipSync(
    Object.fromEntries(
      Object.entries({ ...TIMETABLE, ...changes }).flatMap(([name, text]) =>
        text === null ? [] : [[name, strToU8(text)]],
      ),
    ),
  );
