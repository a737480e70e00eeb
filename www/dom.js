// Elements in one line.

function make(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

export const element = (name, attributes = {}, ...children) =>
  make(document.createElement(name), attributes, children);

export const shape = (name, attributes = {}, ...children) =>
  make(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);

export const byId = id => document.getElementById(id);
