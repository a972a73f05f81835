"""The processes of the CA's side: a service worker's life, and who starts and watches several of them."""
