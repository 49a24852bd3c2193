// A page that takes a while can be stopped: what nobody waits for any more is not looked for. Without it the browser's own
// button does the same.
(() => {
  'use strict'
  const offer = document.querySelector('[data-stopping]')
  const said = document.querySelector('[data-stopped]')
  if (!offer || !said) return
  const loads = () => document.readyState === 'loading'
  // Whoever stopped it, here or by the browser's button: a page without its end says so.
  const over = () => {
    offer.hidden = true
    said.hidden = !!document.querySelector('[data-whole]')
  }
  setTimeout(() => { offer.hidden = !loads() }, 600)
  document.addEventListener('readystatechange', () => { if (!loads()) over() })
  offer.querySelector('button').addEventListener('click', () => {
    window.stop()
    over()
    // What took its place is read, not pressed by the same tap.
    said.focus()
  })
})()
