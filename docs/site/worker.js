/* Opened as files, pages may not start workers, and the search runs in one. So it runs in a hidden frame instead. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.onmessage = this.onerror = this.onmessageerror = null
      this.waiting = []
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.documentElement.append(this.frame)
      const inside = this.frame.contentWindow
      inside.postMessage = (data) => this.tell(new MessageEvent("message", { data }))
      inside.addEventListener("error", (event) => this.tell(new ErrorEvent("error", event)))
      const script = inside.document.createElement("script")
      script.src = url
      script.onload = () => {
        this.loaded = true
        for (const data of this.waiting) this.postMessage(data)
      }
      script.onerror = () => this.tell(new ErrorEvent("error"))
      inside.document.documentElement.append(script)
    }

    tell(event) {
      this.dispatchEvent(event)
      this[`on${event.type}`]?.call(this, event)
    }

    postMessage(data) {
      if (!this.loaded) return void this.waiting.push(data)
      const inside = this.frame.contentWindow
      setTimeout(() => inside?.dispatchEvent(new inside.MessageEvent("message", { data })))
    }

    terminate() {
      this.frame.remove()
    }
  }
}
