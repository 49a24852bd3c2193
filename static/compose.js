// Writing, with script. Loaded by the form alone; without it the form does the same with one more button.
(() => {
  'use strict'
  // As high as its text.
  const grow = area => {
    const fit = () => { area.style.height = 'auto'; area.style.height = area.scrollHeight + 'px' }
    area.addEventListener('input', fit)
    fit()
  }

  // What is typed stays in this tab until it is sent.
  const write = form => {
    const key = 'letter ' + form.dataset.write
    const fields = ['to', 'cc', 'bcc', 'subject', 'text'].map(n => form.elements[n])
    const keep = () => { try { sessionStorage[key] = JSON.stringify(fields.map(f => f.value)) } catch {} }
    try {
      const kept = JSON.parse(sessionStorage[key] || 'null')
      // A page that answers a form knows better than the memory of this tab.
      if (kept && !('answer' in form.dataset)) fields.forEach((f, i) => { f.value = kept[i] })
    } catch {}
    form.addEventListener('input', keep)
    // Forgotten once the page says that it was accepted.
    form.addEventListener('submit', () => { try { sessionStorage.sent = key } catch {} })
    const upload = form.querySelector('input[type=file]')
    upload.addEventListener('change', () => form.querySelector('[data-attach]').click())
    upload.className = 'vh'
    upload.parentNode.className = 'button'
    form.querySelector('[data-attach]').hidden = true
    const area = form.elements.text
    if (document.activeElement === area) area.setSelectionRange(0, 0)
  }

  const all = (s, f) => document.querySelectorAll(s).forEach(f)
  all('[data-write]', write)
  all('[data-grow]', grow)
  all('[data-resume] button', b => b.click())
})()
