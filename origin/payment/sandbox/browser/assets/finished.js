// Says that the check has ended, not how: the checkout asks the API for that.
parent.postMessage({ stagedoor: "3ds" }, "*");
