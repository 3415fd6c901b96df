/** Fails when the built widget is larger than its budget, so that it stays quick on a slow phone. */
import { readFileSync, readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BUDGET = 30 * 1024;
const folder = new URL("../dist/", import.meta.url);

const files = readdirSync(folder).filter((name) => !name.endsWith(".map"));
if (!files.includes("marrow-widget.js")) {
  console.error("dist/marrow-widget.js is missing: run `npm run build`.");
  process.exit(1);
}
if (files.length > 1) {
  console.error(`The widget must be one file, but dist/ holds: ${files.join(", ")}`);
  process.exit(1);
}
const source = readFileSync(new URL("marrow-widget.js", folder));
const size = gzipSync(source, { level: 9 }).length;
console.log(`marrow-widget.js: ${source.length} bytes, ${size} bytes gzip (budget ${BUDGET})`);
if (size > BUDGET) {
  console.error(`The widget is ${size - BUDGET} bytes over its budget.`);
  process.exit(1);
}
