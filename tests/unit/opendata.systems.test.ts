import { expect, test } from "vitest";
import { systemOfEpsg, systemOfName, systemOfWkt } from "../../functions/opendata/formats/systems.ts";

// What `gdaltransform` of GDAL 3.6.2 gives, which knows the official grids of corrections: ten metres are as near as
// seven parameters come.
test.each<[number, [number, number], [number, number]]>([
  [2154, [355577.8, 6689723.2], [-1.5536001, 47.2184009]],
  [27572, [306032, 2254350], [-1.5467638, 47.2235203]],
  [32630, [609522.5, 5230445.9], [-1.5534835, 47.2183687]],
  [32740, [340000, 7690000], [55.4618158, -20.8833187]],
  [27700, [530000, 180000], [-0.1283539, 51.5039908]],
  [2056, [2600000, 1200000], [7.4386324, 46.9510828]],
  [26191, [330000, 350000], [-7.233566, 33.7348855]],
  [28992, [121687, 487484], [4.8980099, 52.3742182]],
  [31370, [149000, 170500], [4.3545534, 50.8449053]],
  [3844, [586000, 325000], [26.0784485, 44.4196132]],
  [31983, [333000, 7395000], [-46.6360738, -23.5467532]],
  [3857, [-172948, 5979000], [-1.5536183, 47.2257477]],
])("EPSG:%i is where it should be", (code, [x, y], [longitude, latitude]) => {
  const [east, north] = systemOfEpsg(code)!.toWgs84(x, y);
  expect(Math.abs(east - longitude)).toBeLessThan(0.0001);
  expect(Math.abs(north - latitude)).toBeLessThan(0.0001);
});

const ESRI = (name: string, rest: string) =>
  `PROJCS["${name}",GEOGCS["GCS",DATUM["D_RGF_1993",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],${rest},UNIT["Meter",1.0]]`;

test("a system is known by its code, by how it is described, or not at all", () => {
  expect(systemOfName("urn:ogc:def:crs:EPSG::2154")?.epsg).toBe(2154);
  expect(systemOfName("urn:ogc:def:crs:OGC:1.3:CRS84")?.isWgs84).toBe(true);
  expect(systemOfName("EPSG:99999")).toBeUndefined();
  const lambert =
    'PROJECTION["Lambert_Conformal_Conic"],PARAMETER["False_Easting",700000.0],PARAMETER["False_Northing",6600000.0],PARAMETER["Central_Meridian",3.0],PARAMETER["Standard_Parallel_1",49.0],PARAMETER["Standard_Parallel_2",44.0],PARAMETER["Latitude_Of_Origin",46.5]';
  expect(systemOfWkt(ESRI("RGF_1993_Lambert_93", lambert))?.epsg).toBe(2154);
  const own = systemOfWkt(ESRI("Our_Own", lambert.replace("700000.0", "1.0")))!;
  expect(own.epsg).toBeUndefined();
  expect(own.toWgs84(1, 6600000)).toEqual([expect.closeTo(3, 6), expect.closeTo(46.5, 6)]);
  // Datums look alike in degrees: none is named for another.
  const degrees = systemOfWkt(
    'GEOGCS["GCS_North_American_1983",DATUM["D_North_American_1983",SPHEROID["GRS_1980",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
  )!;
  expect([degrees.epsg, degrees.toWgs84(-73, 45)]).toEqual([
    undefined,
    [expect.closeTo(-73, 6), expect.closeTo(45, 6)],
  ]);
  for (const nonsense of ["", "hello", "PROJCS[x", "x".repeat(30_000)]) expect(systemOfWkt(nonsense)).toBeUndefined();
});
