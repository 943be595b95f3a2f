// What the scanner keeps in the browser: the list of each performance, and what it decided and has not told the house yet.
// Scans are kept until the house says that it has them.
const open = new Promise((resolve, reject) => {
  const asked = indexedDB.open("stagedoor-door", 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("lists", { keyPath: "performance" });
    asked.result.createObjectStore("facts", { keyPath: ["scan", "result"] });
  };
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

// run does work in one transaction and returns its answer once everything is written.
async function run(store, mode, work) {
  const db = await open;
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(store, mode, { durability: "strict" });
    let answer;
    transaction.oncomplete = () => resolve(answer instanceof IDBRequest ? answer.result : answer);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
    answer = work(transaction.objectStore(store));
  });
}

const KEPT = 36 * 3600 * 1000; // ms after it begins: then its list, which holds tickets' secrets, goes

export const store = {
  list: (performance) => run("lists", "readonly", (lists) => lists.get(performance)),
  keepList: (entry) => run("lists", "readwrite", (lists) => lists.put(entry)),
  async forgetOld(now) {
    const all = await run("lists", "readonly", (lists) => lists.getAll());
    for (const one of all) {
      if (now - Date.parse(one.list.starts_at) > KEPT) await run("lists", "readwrite", (lists) => lists.delete(one.performance));
    }
  },
  facts: async (performance) => (await run("facts", "readonly", (facts) => facts.getAll())).filter((f) => f.performance === performance),
  keepFact: (fact) => run("facts", "readwrite", (facts) => facts.put(fact)),
  dropFacts: (list) => run("facts", "readwrite", (facts) => { for (const f of list) facts.delete([f.scan, f.result]); }),
};

// device is this browser's name for itself.
export function device() {
  let id = localStorage.getItem("scan-device");
  if (!id) {
    id = crypto.randomUUID();
    localStorage.setItem("scan-device", id);
  }
  return {
    id,
    name: localStorage.getItem("scan-name") || `Scanner ${id.slice(0, 4)}`,
    door: localStorage.getItem("scan-door") || "Main door",
  };
}
