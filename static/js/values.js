// Turns data-v="0.45" into the custom property --v: the content security policy forbids style="".
const UNITS = { v: '', at: '', lo: '', hi: '', peak: '', h: 'px', gap: 'px' };
const NAMES = Object.keys(UNITS);
const SELECTOR = NAMES.map((name) => `[data-${name}]`).join(',');

function applyTo(element) {
  for (const name of NAMES) {
    const value = element.dataset[name];
    if (value !== undefined && value !== '') element.style.setProperty(`--${name}`, value + UNITS[name]);
  }
}

/** Set the custom properties of an element and of all below it. */
export function applyValues(root) {
  if (root.matches?.(SELECTOR)) applyTo(root);
  root.querySelectorAll?.(SELECTOR).forEach(applyTo);
}

function applyChanges(changes) {
  for (const change of changes) {
    if (change.type === 'attributes') applyTo(change.target);
    else change.addedNodes.forEach((node) => node.nodeType === Node.ELEMENT_NODE && applyValues(node));
  }
}

applyValues(document);
new MutationObserver(applyChanges).observe(document.documentElement, {
  childList: true,
  subtree: true,
  attributes: true,
  attributeFilter: NAMES.map((name) => `data-${name}`),
});
