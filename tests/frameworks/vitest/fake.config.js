import { defineConfig } from "vitest/config";

// Runs before the tests import the network.
export default defineConfig({ test: { setupFiles: ["vitest/fake.js"] } });
