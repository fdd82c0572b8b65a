import { bundleHouse } from "./bundle.ts";

// `npm run build`: what `npm start` runs.
await bundleHouse();
