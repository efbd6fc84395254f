/* Locks of a file or folder, for programs that take turns (flock). They end with the process. */
#pragma once

/* Waits for it. A descriptor to be closed; -1: it has none, as on some network file systems. */
int lock_wait(const char *path);
void lock_close(int lock);
