// A browser starts no worker from a file. So where the site is read from a folder, the search runs in a hidden frame.
if (location.protocol === "file:") {
  window.IFrameWorker = window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.srcdoc = "<!doctype html>";
      this.loaded = new Promise((resolve) => {
        this.frame.onload = () => this.load(url, resolve);
      });
      document.body.append(this.frame);
    }

    load(url, resolve) {
      const script = this.frame.contentDocument.createElement("script");
      this.frame.contentWindow.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      script.src = url;
      script.onload = resolve;
      this.frame.contentDocument.body.append(script);
    }

    postMessage(data) {
      this.loaded.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })));
    }
  };
}
