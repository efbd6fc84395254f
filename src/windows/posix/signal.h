#ifndef MEMPROF_WINDOWS_SIGNAL_H
#define MEMPROF_WINDOWS_SIGNAL_H

#include_next <signal.h>

#define SIGPIPE SIGTERM /* never sent there; a write to a closed pipe just fails */

#endif
