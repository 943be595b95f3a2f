// Package importing brings redirect rules in by the hundred thousand, from CSV files, and out again.
//
// An import is a job that is stored, so that whoever looks again finds it: the file is read and its lines checked, then
// its rules are analysed together with those of every site (duplicates, loops, chains, rules that never win), and only
// then, when somebody says so, applied: in one transaction, as one version of each site's rules. It can be cancelled at
// any point before that transaction ends, and a process that dies leaves nothing changed.
package importing
