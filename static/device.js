// On one's own device what is typed also outlives the tab, sealed, until the gateway has it. The key is made of two
// halves: one stays in this browser, cannot be read out of it and goes with the sign-out; the other comes with the
// pages of its owner alone. Loaded by the form, the list of drafts and the page of what was just sent.
(() => {
  'use strict'
  const bar = document.querySelector('[data-device]')
  const { subtle } = crypto
  // Without https there is neither.
  if (!bar || !subtle || !window.indexedDB) return
  const form = document.querySelector('[data-write]')
  const { device, half, token } = bar.dataset
  // Letters at most, their octets, how long they are kept.
  const MOST = 20, OCTETS = 1 << 20, LIFE = 30 * 86400e3
  // What was typed this long ago may still be on its way.
  const WAY = 4000
  const bytes = text => new TextEncoder().encode(text)
  const wait = ms => new Promise(done => setTimeout(done, ms))

  // One connection for the life of the page: a sign-out in any tab ends it for good.
  const db = new Promise((done, failed) => {
    const asked = indexedDB.open(device)
    asked.onupgradeneeded = () => asked.result.createObjectStore('kept', { keyPath: 'id' })
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close()
      done(asked.result)
    }
    asked.onerror = failed
  })
  // What the request of `work` found, once it is on the disk.
  const act = async (mode, work) => {
    const change = (await db).transaction('kept', mode, { durability: 'strict' })
    const request = work(change.objectStore('kept'))
    await new Promise((done, failed) => { change.oncomplete = done; change.onabort = failed })
    return request.result
  }
  const forget = id => act('readwrite', kept => kept.delete(id))

  let made
  const key = () => made = made || (async () => {
    const fresh = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
    let own
    await act('readwrite', kept => {
      const there = kept.get('key')
      there.onsuccess = () => {
        own = there.result ? there.result.own : fresh
        kept.put({ id: 'key', own })
      }
      return there
    })
    return subtle.importKey('raw', await subtle.sign('HMAC', own, bytes(half)), 'AES-GCM', false, ['encrypt', 'decrypt'])
  })()
  const about = ({ id, iv }) => ({ name: 'AES-GCM', iv, additionalData: bytes(id) })
  const read = async sealed => JSON.parse(new TextDecoder().decode(await subtle.decrypt(about(sealed), await key(), sealed.data)))

  // A letter is what its form would post.
  const without = (of, ...names) => of.filter(([name]) => !names.includes(name))
  const letter = () => without([...new FormData(form)], 'token', 'sure', 'upload')
  const field = (of, name) => (of.find(pair => pair[0] === name) || ['', ''])[1]
  const content = of => JSON.stringify(without(of, 'key', 'based', 'tab', 'changed', 'owner'))

  // One record for each page that writes: what another page left is never written over.
  const id = Math.random().toString(36).slice(2)
  let clean = true, there, timer, turn = Promise.resolve()
  const write = async () => {
    if (clean) {
      if (there) await forget(id)
      there = false
      return
    }
    const sealed = { id, iv: crypto.getRandomValues(new Uint8Array(12)), at: Date.now() }
    const plain = bytes(JSON.stringify(letter()))
    if (plain.length > OCTETS / 2) return
    sealed.data = await subtle.encrypt(about(sealed), await key(), plain)
    await act('readwrite', kept => kept.put(sealed))
    there = true
  }
  const now = () => {
    clearTimeout(timer)
    timer = 0
    return turn = turn.then(write).catch(() => {})
  }
  const hurry = () => { if (timer) now() }

  // While a page is open its letter is offered nowhere else.
  const NAME = 'letter '
  const hold = () => navigator.locks && navigator.locks.request(NAME + id, () => new Promise(let_go => {
    addEventListener('pagehide', let_go, { once: true })
  })).catch(() => {})
  const open = async () => navigator.locks ? (await navigator.locks.query()).held.map(lock => lock.name) : []

  if (form) {
    form.addEventListener('letter', e => {
      clean = e.detail
      if (clean) now()
      else timer = timer || setTimeout(now, 300)
    })
    form.addEventListener('submit', () => {
      hurry()
      try { sessionStorage.posted = id } catch {}
    })
    addEventListener('visibilitychange', hurry)
    addEventListener('pagehide', hurry)
    addEventListener('pageshow', e => { if (e.persisted) hold() })
    hold()
  }

  // This page goes on with it from the memory of its tab, which may be older after a crash; or it answers its form, or
  // comes after it was saved by hand.
  let since = 0
  const taken = old => {
    if (field(old.letter, 'tab') === form.dataset.before && field(old.letter, 'changed') <= since) return true
    const came = 'answer' in form.dataset || new URLSearchParams(location.search).has('copy')
    try { return came && sessionStorage.posted === old.id && field(old.letter, 'key') === form.elements.key.value } catch {}
  }
  const ask = async of => {
    const body = new FormData()
    body.append('token', token)
    of.forEach(pair => body.append(...pair))
    body.append('do', 'known')
    const answer = await fetch('/compose', { method: 'POST', body, headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error('not known')
    return (await answer.json()).known
  }

  // What the gateway has is forgotten; of the rest one letter at a time is offered.
  const look = async () => {
    const others = await open()
    const all = (await act('readonly', kept => kept.getAll())).filter(old => old.data && old.id !== id && !others.includes(NAME + old.id))
    let count = 0, octets = 0
    const rest = []
    for (const old of all.sort((a, b) => b.at - a.at)) {
      octets += old.data.byteLength
      if (++count >= MOST || octets > OCTETS || Date.now() - old.at > LIFE) await forget(old.id)
      else rest.push(old)
    }
    for (const old of rest) {
      try { old.letter = await read(old) } catch { continue }
      if (form && (content(old.letter) === content(letter()) || taken(old))) {
        await now()
        await forget(old.id)
        continue
      }
      const age = Date.now() - old.at
      if (age < WAY) await wait(WAY - age)
      if (await ask(old.letter)) await forget(old.id)
      else if (bar.dataset.offer) await offer(old)
    }
  }

  // Until it was thrown away: then comes the next one.
  const offer = old => new Promise(done => {
    const part = name => bar.querySelector(`[data-${name}]`)
    const subject = field(old.letter, 'subject').trim(), to = field(old.letter, 'to').trim()
    part('subject').textContent = subject || bar.dataset.none
    part('to').textContent = to && ` · ${to}`
    part('at').textContent = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' }).format(old.at)
    // It is another page that goes on with it.
    const fields = without(old.letter, 'tab', 'changed').map(([name, value]) => Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
    part('fields').replaceChildren(...fields)
    const drop = part('drop'), word = drop.textContent
    drop.onclick = async () => {
      // A letter is gone for good only with the second touch.
      if (drop.textContent === word) { drop.textContent = bar.dataset.sure; return }
      drop.textContent = word
      bar.hidden = true
      await forget(old.id).catch(() => {})
      done()
    }
    bar.hidden = false
    part('said').textContent = bar.dataset.offer
  })

  addEventListener('DOMContentLoaded', async () => {
    since = form ? +form.elements.changed.value : 0
    // Ready before the first word.
    if (form) key().catch(() => {})
    await look().catch(() => {})
    bar.dataset.looked = ''
  })
})()
