// Writing, with script. Loaded by the form alone; without it the form does the same with one more button.
(() => {
  'use strict'
  // As high as its text.
  const grow = area => {
    const fit = () => { area.style.height = 'auto'; area.style.height = area.scrollHeight + 'px' }
    area.addEventListener('input', fit)
    fit()
  }

  const names = ['to', 'cc', 'bcc', 'subject', 'text']
  const store = (key, value) => { try { sessionStorage[key] = value } catch {} }
  const held = key => { try { return sessionStorage[key] } catch {} }

  // What is typed is in this tab at once, at the gateway seconds later, in the mailbox for drafts as the page is left.
  const write = form => {
    const f = form.elements
    const said = form.querySelector('[data-kept]')
    const button = word => form.querySelector(`button[name=do][value=${word}]`)
    const values = () => JSON.stringify(names.map(n => f[n].value))
    f.tab.value = Math.random().toString(36).slice(2)

    // The memory of this tab: which letter is open in such a form, and what is in it.
    const open = 'open ' + form.dataset.write
    const place = () => 'letter ' + f.key.value
    const files = () => [...form.querySelectorAll('input[name=file]')].map(e => e.value)
    const fresh = !('answer' in form.dataset)
    const recall = key => { try { return JSON.parse(sessionStorage['letter ' + key]) } catch {} }
    // A page that answers a form, or shows a later draft, knows better; what the gateway has needs no memory.
    const kept = fresh && recall(f.based.value > 0 ? f.key.value : held(open))
    const back = kept && !kept.clean && kept.based >= +f.based.value
    let saved = values()
    if (back) {
      JSON.parse(kept.v).forEach((v, i) => { f[names[i]].value = v })
      f.key.value = kept.key
      f.based.value = kept.based
      const lost = kept.files.filter(id => !files().includes(id))
      for (const id of lost) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'file', value: id }))
      // Only the gateway knows their names.
      if (lost.length) return button('look').click()
    }

    let copied = saved
    if (back) saved = ''
    const remember = () => {
      const v = values()
      store(open, f.key.value)
      store(place(), JSON.stringify({ v, key: f.key.value, based: +f.based.value, files: files(), clean: f.based.value > 0 && v === saved }))
    }
    let timer, busy, over
    const tell = (text, href) => {
      said.textContent = text
      if (href) said.append(' ', Object.assign(document.createElement('a'), { href, textContent: said.dataset.two }))
    }
    const body = word => {
      const data = new FormData(form)
      data.delete('upload')
      data.set('do', word)
      return data
    }
    const later = ms => { clearTimeout(timer); if (!over) timer = setTimeout(save, ms) }
    const save = async () => {
      const now = values()
      if (busy || over || now === saved) return
      busy = true
      try {
        const answer = await fetch(form.action, { method: 'POST', body: body('autosave'), headers: { Accept: 'application/json' } })
        if (answer.status === 204) { saved = now; return }
        const told = await answer.json()
        if (told.sent) { over = true; return }
        if (!told.version) throw new Error(told.said)
        saved = now
        f.based.value = told.version
        if (told.key) f.key.value = told.key
        tell(told.said, told.see)
        remember()
        // Loaded again, the page has it all.
        history.replaceState(null, '', '/compose?draft=' + f.key.value)
      } catch {
        tell(said.dataset.failed)
        later(20000)
      } finally {
        busy = false
        if (saved !== values() && said.textContent !== said.dataset.failed) later(3000)
      }
    }
    form.addEventListener('input', () => { remember(); later(3000) })
    // Forgotten once the page says that it was accepted.
    form.addEventListener('submit', e => {
      over = true
      clearTimeout(timer)
      store('sent', !e.submitter || e.submitter.value === 'send' ? place() : '')
    })
    addEventListener('pageshow', e => { if (e.persisted) { over = false; later(3000) } })
    addEventListener('pagehide', () => {
      if (over || copied === values()) return
      copied = values()
      fetch(form.action, { method: 'POST', body: body('leave'), keepalive: true }).catch(() => {})
    })
    // Signed out in another tab: nothing stays in this one.
    addEventListener('storage', e => { if (e.key === 'out') { over = true; try { sessionStorage.clear() } catch {} } })

    const upload = form.querySelector('input[type=file]')
    upload.addEventListener('change', () => form.querySelector('[data-attach]').click())
    upload.className = 'vh'
    upload.parentNode.className = 'button'
    form.querySelector('[data-attach]').hidden = true
    const area = f.text
    if (document.activeElement === area) area.setSelectionRange(0, 0)
    if (!fresh) remember()
    // What the gateway may have of it already is compared before anything is added.
    if (back) save()
  }

  const all = (s, f) => document.querySelectorAll(s).forEach(f)
  all('[data-write]', write)
  all('[data-grow]', grow)
  all('[data-resume] button', b => b.click())
})()
