// A page that takes a while can be stopped: what nobody waits for any more is not looked for. Without it the browser's own
// button does the same.
(() => {
  'use strict'
  const offer = document.querySelector('[data-stopping]')
  const said = document.querySelector('[data-stopped]')
  if (!offer || !said) return
  setTimeout(() => { offer.hidden = document.readyState !== 'loading' }, 600)
  document.addEventListener('DOMContentLoaded', () => { offer.hidden = true })
  offer.querySelector('button').addEventListener('click', () => {
    window.stop()
    offer.hidden = true
    said.hidden = false
    said.querySelector('a').focus()
  })
})()
