// "steady-websocket/network/jest": adds the matchers to Jest's `expect`.

import { expect } from "@jest/globals";
import { matchers } from "./matchers.js";

expect.extend(matchers);
