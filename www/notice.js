// The one line in which the page says what is wrong.

const line = document.getElementById('notice');

export const notice = text => {
  if (line.textContent !== text) line.textContent = text;
};
