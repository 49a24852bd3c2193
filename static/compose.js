// Writing, with script. Loaded by the form alone; without it the form does the same with one more button.
(() => {
  'use strict'
  // As high as its text.
  const grow = area => {
    const fit = () => { area.style.height = 'auto'; area.style.height = area.scrollHeight + 'px' }
    area.addEventListener('input', fit)
    fit()
  }

  // The last one is there only where there is a choice.
  const names = ['to', 'cc', 'bcc', 'subject', 'text', 'from']
  const store = (key, value) => { try { sessionStorage[key] = value } catch {} }
  const held = key => { try { return sessionStorage[key] } catch {} }

  // What is typed is in this tab at once, at the gateway seconds later, in the mailbox for drafts as the page is left.
  const write = form => {
    const f = form.elements
    const said = form.querySelector('[data-kept]')
    const button = word => form.querySelector(`button[name=do][value=${word}]`)
    const typed = names.filter(n => f[n])
    const values = () => JSON.stringify([...typed.map(n => f[n].value), ...files()])
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
      const values = JSON.parse(kept.v)
      typed.forEach((name, i) => { f[name].value = values[i] })
      f.key.value = kept.key
      f.based.value = kept.based
      f.changed.value = kept.changed
      form.dataset.before = kept.tab
      const lost = kept.files.filter(id => !files().includes(id))
      for (const id of lost) form.append(Object.assign(document.createElement('input'), { type: 'hidden', name: 'file', value: id }))
      // Only the gateway knows their names.
      if (lost.length) return button('look').click()
    }

    let copied = saved
    if (back) saved = ''
    const remember = () => {
      const v = values(), clean = f.based.value > 0 && v === saved
      store(open, f.key.value)
      store(place(), JSON.stringify({ v, key: f.key.value, based: +f.based.value, tab: f.tab.value, changed: +f.changed.value, files: files(), clean }))
      // On one's own device it is kept beyond the tab as well.
      form.dispatchEvent(new CustomEvent('letter', { detail: clean }))
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
    const changed = () => { f.changed.value = Math.max(Date.now(), +f.changed.value + 1); remember(); later(3000) }
    form.addEventListener('input', changed)
    // Forgotten once the page says that it was accepted.
    form.addEventListener('submit', e => {
      // What was chosen goes along: the button is pressed again once it is here.
      if (uploads.wait(e.submitter)) return e.preventDefault()
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

    const uploads = attach(form, body, changed, text => tell(text))
    form.querySelectorAll('[data-unscripted]').forEach(e => e.remove())
    const area = f.text
    if (document.activeElement === area) area.setSelectionRange(0, 0)
    if (!fresh || back) remember()
    // What the gateway may have of it already is compared before anything is added.
    if (back) save()
  }

  // Files go as they are chosen, one after the other, while somebody writes on.
  const attach = (form, body, changed, tell) => {
    const add = form.querySelector('[data-add]'), words = add.dataset
    const make = (name, more) => Object.assign(document.createElement(name), more)
    const list = form.querySelector('[data-files]') || make('ul', { className: 'files' })
    if (!list.isConnected) add.before(list)
    list.setAttribute('aria-live', 'polite')
    const queue = []
    let under, waits
    const there = () => [...list.querySelectorAll('[data-octets]')].reduce((sum, li) => sum + +li.dataset.octets, 0)
    const most = +words.left + there()
    const line = file => {
      const li = make('li'), name = make('span', { className: 'name' }), stop = make('button', { type: 'button', textContent: words.cancel })
      name.append(make('bdi', { textContent: file.name }))
      stop.setAttribute('aria-label', words.cancel + ' ' + file.name)
      li.append(name, stop)
      list.append(li)
      return { file, li, name, stop }
    }
    const failed = (up, text) => {
      up.name.replaceChildren(make('small', { className: 'bad', textContent: text }))
      up.li.querySelector('progress')?.remove()
      up.stop.onclick = () => up.li.remove()
      up.failed = true
    }
    const next = up => {
      if (up.failed) waits = undefined
      under = undefined
      if (queue.length) return send(queue.shift())
      const button = waits
      waits = undefined
      button?.click()
    }
    const send = up => {
      under = up
      const { file, li, name, stop } = up
      const bar = make('progress', { max: file.size || 1, value: 0 })
      bar.setAttribute('aria-label', file.name)
      name.after(bar)
      const request = new XMLHttpRequest()
      const data = body('attach')
      data.append('upload', file)
      request.open('POST', form.action)
      request.setRequestHeader('Accept', 'application/json')
      request.upload.onprogress = e => { bar.value = Math.min(e.loaded, file.size) }
      request.onload = () => {
        let told = {}
        try { told = JSON.parse(request.response) } catch {}
        if (told.lines?.length) {
          li.insertAdjacentHTML('beforebegin', told.lines.join(''))
          li.remove()
          changed()
        } else failed(up, told.refused?.join(' ') || words.lost.replace('%', () => file.name))
      }
      request.onerror = () => failed(up, words.lost.replace('%', () => file.name))
      request.onabort = () => li.remove()
      request.onloadend = () => next(up)
      stop.onclick = () => request.abort()
      request.send(data)
    }
    const take = chosen => {
      let room = most - there() - [under, ...queue].reduce((sum, up) => sum + (up ? up.file.size : 0), 0)
      for (const file of chosen) {
        const up = line(file)
        if (file.size > room) { failed(up, words.over.replace('%', () => file.name)); continue }
        room -= file.size
        up.stop.onclick = () => { queue.splice(queue.indexOf(up), 1); up.li.remove() }
        queue.push(up)
      }
      if (!under && queue.length) send(queue.shift())
    }
    add.querySelectorAll('input').forEach(input => {
      input.className = 'vh'
      input.parentNode.classList.add('button')
      input.addEventListener('change', () => { take([...input.files]); input.value = '' })
    })
    form.querySelector('[data-attach]').hidden = true
    list.addEventListener('click', e => {
      const button = e.target.closest('button[name=do]')
      if (!button) return
      e.preventDefault()
      fetch(form.action, { method: 'POST', body: body(button.value), headers: { Accept: 'application/json' } }).catch(() => {})
      button.closest('li').remove()
      add.querySelector('input').focus()
      changed()
    })
    return {
      wait: button => {
        if (!under) return false
        waits = button || form.querySelector('button[name=do]')
        tell(words.wait)
        return true
      },
    }
  }

  const all = (s, f) => document.querySelectorAll(s).forEach(f)
  all('[data-write]', write)
  all('[data-grow]', grow)
  all('[data-resume] button', b => b.click())
})()
