// What a script uses of its engine: syntax newer than ES2017, globals, their static members, and names of members.

import { parse } from "acorn";

/** Node types, with what distinguishes them, and their keys in MDN's data, below `javascript`. */
const SYNTAX = [
  ["AwaitExpression", (node, { inFunction }) => !inFunction, "operators.await.top_level"],
  ["ArrayPattern", () => true, "operators.destructuring"],
  ["AssignmentExpression", ({ operator }) => operator === "??=", "operators.nullish_coalescing_assignment"],
  ["AssignmentExpression", ({ operator }) => operator === "||=", "operators.logical_or_assignment"],
  ["AssignmentExpression", ({ operator }) => operator === "&&=", "operators.logical_and_assignment"],
  ["BinaryExpression", ({ operator }) => operator === "**", "operators.exponentiation"],
  ["BinaryExpression", ({ left }) => left.type === "PrivateIdentifier", "classes.private_class_fields_in"],
  ["CatchClause", ({ param }) => !param, "statements.try_catch.optional_catch_binding"],
  ["ChainExpression", () => true, "operators.optional_chaining"],
  ["ExportAllDeclaration", ({ exported }) => exported, "statements.export.namespace"],
  ["ForOfStatement", (node) => node.await, "statements.for_await_of"],
  ["ForOfStatement", () => true, "statements.for_of"],
  ["FunctionExpression", (node) => node.async, "operators.async_function"],
  ["FunctionExpression", (node) => node.async && node.generator, "statements.async_generator_function"],
  ["FunctionDeclaration", (node) => node.async && node.generator, "statements.async_generator_function"],
  ["ImportDeclaration", ({ attributes }) => attributes?.length, "statements.import.import_attributes"],
  ["ImportExpression", () => true, "operators.import"],
  ["Literal", ({ bigint }) => bigint, "builtins.BigInt"],
  ["Literal", ({ raw, bigint }) => !bigint && /^[\d.]+_/.test(raw), "grammar.numeric_separators"],
  ["Literal", ({ regex }) => regex && /\(\?<[=!]/.test(regex.pattern), "regular_expressions.lookbehind_assertion"],
  ["Literal", ({ regex }) => regex && /\(\?<[^=!]/.test(regex.pattern), "regular_expressions.named_capturing_group"],
  ["Literal", ({ regex }) => regex && /\(\?[a-z]*(-[a-z]+)?:/.test(regex.pattern.replaceAll("(?:", "")), "regular_expressions.modifier"],
  ["Literal", ({ regex }) => regex && /\\p\{/i.test(regex.pattern), "regular_expressions.unicode_character_class_escape"],
  ["Literal", ({ regex }) => regex?.flags.includes("d"), "builtins.RegExp.hasIndices"],
  ["Literal", ({ regex }) => regex?.flags.includes("s"), "builtins.RegExp.dotAll"],
  ["Literal", ({ regex }) => regex?.flags.includes("v"), "builtins.RegExp.unicodeSets"],
  ["LogicalExpression", ({ operator }) => operator === "??", "operators.nullish_coalescing"],
  ["MetaProperty", ({ meta }) => meta.name === "import", "operators.import_meta"],
  ["MetaProperty", ({ meta }) => meta.name === "new", "operators.new_target"],
  ["MethodDefinition", ({ key }) => key.type === "PrivateIdentifier", "classes.private_class_methods"],
  ["ObjectExpression", ({ properties }) => properties.some(({ type }) => type === "SpreadElement"), "operators.spread.spread_in_object_literals"],
  ["ObjectPattern", ({ properties }) => properties.some(({ type }) => type === "RestElement"), "operators.destructuring.rest_in_objects"],
  ["PropertyDefinition", ({ key }) => key.type === "PrivateIdentifier", "classes.private_class_fields"],
  ["PropertyDefinition", (node) => node.static, "classes.static.class_fields"],
  ["PropertyDefinition", () => true, "classes.public_class_fields"],
  ["StaticBlock", () => true, "classes.static.initialization_blocks"],
  ["VariableDeclaration", ({ kind }) => kind === "using", "statements.using"],
  ["VariableDeclaration", ({ kind }) => kind === "await using", "statements.await_using"],
];

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression", "StaticBlock"]);

/** Calls `each` for the nodes below this one. */
function below(node, each) {
  for (const value of Object.values(node)) {
    for (const child of [value].flat()) if (typeof child?.type === "string") each(child);
  }
}

/** Adds the names that a pattern declares. */
function bind(pattern, names) {
  if (!pattern) return;
  if (pattern.type === "Identifier") names.add(pattern.name);
  else if (pattern.type === "AssignmentPattern") bind(pattern.left, names);
  else if (pattern.type === "RestElement") bind(pattern.argument, names);
  else if (pattern.type === "ArrayPattern") pattern.elements.forEach((element) => bind(element, names));
  else if (pattern.type === "ObjectPattern") pattern.properties.forEach((one) => bind(one.value ?? one, names));
}

/** Adds what is declared below a node: `var` up to the next function, all else up to the next block. */
function declare(node, names, direct = true) {
  below(node, (child) => {
    if (child.type === "VariableDeclaration" && (direct || child.kind === "var")) {
      child.declarations.forEach(({ id }) => bind(id, names));
    }
    if (direct && (child.type === "FunctionDeclaration" || child.type === "ClassDeclaration")) names.add(child.id?.name);
    if (child.type === "ImportDeclaration") child.specifiers.forEach(({ local }) => names.add(local.name));
    if (FUNCTIONS.has(child.type)) return;
    const transparent = direct && /^Export(Named|Default)Declaration$/.test(child.type);
    declare(child, names, transparent);
  });
}

/** Returns the names that a node declares for what is below it. */
function scope(node) {
  const names = new Set();
  if (node.id && /^(Function|Class)/.test(node.type)) names.add(node.id.name);
  node.params?.forEach((param) => bind(param, names));
  if (node.type === "CatchClause") bind(node.param, names);
  if (FUNCTIONS.has(node.type)) names.add("arguments");
  declare(node, names);
  return names;
}

/** Returns the children of a node that are names, not references. */
function labels({ type, computed, key, property, label, meta, local, exported, imported, shorthand }) {
  if (type === "MemberExpression") return computed ? [] : [property];
  if (type === "Property" || type === "MethodDefinition" || type === "PropertyDefinition") return computed || shorthand ? [] : [key];
  if (type === "ExportSpecifier") return [exported];
  if (type === "ImportSpecifier") return [local, imported];
  return type === "MetaProperty" ? [meta, property] : [label];
}

/**
 * Returns what a script uses: keys of `syntax` below `javascript` in MDN's data, free names (`globals`), members of those
 * (`statics`, such as `Object.hasOwn`), free names after `new` and `extends` (`constructed`), and `members` of any object.
 */
export function usage(source) {
  const used = { syntax: new Set(), globals: new Set(), statics: new Set(), constructed: new Set(), members: new Set() };
  const scopes = [];
  const isFree = (node) => node?.type === "Identifier" && !scopes.some((names) => names.has(node.name));
  const global = (node) => isFree(node) && node.name;
  const member = (object, name) => {
    used.members.add(name);
    if (global(object) === "globalThis") used.globals.add(name);
    else if (global(object)) used.statics.add(`${object.name}.${name}`);
  };

  const walk = (node, context) => {
    for (const [type, fits, key] of SYNTAX) if (node.type === type && fits(node, context)) used.syntax.add(key);
    const isFunction = FUNCTIONS.has(node.type);
    scopes.push(scope(node));
    if (node.type === "NewExpression" && global(node.callee)) used.constructed.add(node.callee.name);
    if (/^Class/.test(node.type) && global(node.superClass)) used.constructed.add(node.superClass.name);
    if (node.type === "MemberExpression") {
      if (!node.computed && node.property.name) member(node.object, node.property.name);
      if (node.computed && typeof node.property.value === "string") member(node.object, node.property.value);
    }
    // The object that a pattern takes apart is known only beside its declaration.
    if (node.type === "VariableDeclarator" && node.id.type === "ObjectPattern") {
      for (const { key } of node.id.properties) if (key?.name) member(node.init, key.name);
    }
    const names = labels(node);
    below(node, (child) => {
      if (names.includes(child)) return;
      if (isFree(child)) used.globals.add(child.name);
      walk(child, { inFunction: context.inFunction || isFunction });
    });
    scopes.pop();
  };
  walk(parse(source, { ecmaVersion: "latest", sourceType: "module" }), { inFunction: false });
  return used;
}
