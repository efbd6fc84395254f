/* Files in memory for SQLite, whose writes fail or are lost in a power cut. One connection at a time. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault_vfs {
	uint64_t n_ops;   /* writes, syncs, truncations and deletions so far */
	uint64_t fail_at; /* the op that fails, from 1; 0: none */
	int code;         /* SQLite's code for it */
	bool sticky;      /* all after it fail too */
};
extern struct fault_vfs fault_vfs;

void fault_vfs_register(void);                                        /* as the default one */
void fault_vfs_reset(void);                                           /* no files, no faults; nothing is open */
void fault_vfs_put(const char *name, const uint8_t *bytes, size_t n); /* a file that is synced; nothing is open */
/* Each file as a power cut may leave it: what was synced, and of what was not each write in full, in part or not at
 * all. Nothing is open. */
void fault_vfs_cut_power(uint32_t seed);
size_t fault_vfs_n_open(void);
