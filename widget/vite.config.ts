/** Builds the widget into one classic script without dependencies or side files: dist/marrow-widget.js. */
import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: ["es2020", "chrome90", "firefox90", "safari15"],
    // Older CSS targets have logical properties rewritten by language, which ignores the `dir` attribute.
    cssTarget: ["chrome111", "firefox113", "safari16.4"],
    // An immediately invoked function leaves no global behind and, unlike a module, loads from another origin without CORS.
    lib: { entry: "src/main.ts", formats: ["iife"], name: "MarrowWidget", fileName: () => "marrow-widget.js" },
    reportCompressedSize: false,
    emptyOutDir: true,
  },
});
