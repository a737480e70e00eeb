// Prints the types of each entry of the npm package without comments: node types.mjs PKG TYPESCRIPT
//
// All names that an entry exports come first: in a file of types, names without `export` may be exported, too. A file
// that is no entry is printed with each that uses it.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [pkg, typescript] = process.argv.slice(2);
const { default: ts } = await import(pathToFileURL(resolve(typescript)));

const { exports } = JSON.parse(readFileSync(resolve(pkg, "package.json"), "utf8"));
const entries = Object.entries(exports)
  .filter(([, { types }]) => types)
  .map(([name, { types }]) => ({ name: name.slice(2) || "index", file: resolve(pkg, types) }));
const options = { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, lib: ["lib.es2022.d.ts"], types: [] };
const program = ts.createProgram(entries.map(({ file }) => file), options);
const checker = program.getTypeChecker();
const printer = ts.createPrinter({ removeComments: true });

/** The file that a statement imports or exports from, if it belongs to the package and is no entry. */
function part(statement) {
  const symbol = statement.moduleSpecifier && checker.getSymbolAtLocation(statement.moduleSpecifier);
  const source = symbol?.declarations.find(ts.isSourceFile);
  const ours = source && resolve(source.fileName).startsWith(resolve(pkg));
  return ours && entries.every(({ file }) => file !== resolve(source.fileName)) ? source : undefined;
}

function print(source) {
  let text = "";
  for (const statement of source.statements) {
    const other = part(statement);
    if (other) text += print(other);
    text += printer.printNode(ts.EmitHint.Unspecified, statement, source) + "\n";
  }
  return text;
}

for (const { name, file } of entries) {
  const source = program.getSourceFile(file);
  const symbol = checker.getSymbolAtLocation(source);
  const names = checker.getExportsOfModule(symbol).map((exported) => exported.name);
  process.stdout.write(`// entry ${name.replaceAll("/", ".")}\n// Exports: ${names.sort().join(", ") || "nothing"}\n`);
  process.stdout.write(print(source));
}
