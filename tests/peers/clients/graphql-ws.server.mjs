import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { listen } from "../lib/ws.mjs";

const schema = buildSchema(`
  type Query { reversed(text: String!): String! }
  type Subscription { count(from: Int!, to: Int!, everyMs: Int!): Int!, news: String! }
`);
const roots = {
  query: { reversed: ({ text }) => [...text].reverse().join("") },
  subscription: {
    async *count({ from, to, everyMs }) {
      for (let n = from; n <= to; n++) {
        if (everyMs) await new Promise((resolve) => setTimeout(resolve, everyMs));
        yield { count: n };
      }
    },
    // For the recipe in docs.
    async *news() {
      yield { news: "rain, clearing later" };
    },
  },
};
useServer({ schema, roots }, listen());
