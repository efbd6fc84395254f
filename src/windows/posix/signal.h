#ifndef MEMPROF_WINDOWS_SIGNAL_H
#define MEMPROF_WINDOWS_SIGNAL_H

#include_next <signal.h>

#define SIGPIPE SIGTERM  /* never sent there; a write to a closed pipe just fails */
#define SIGHUP  SIGBREAK /* its console was closed */
#define SIGQUIT SIGBREAK

/* There is no waiting for a signal. */
#define sigset_t                   unsigned
#define SIG_BLOCK                  0
#define SIG_UNBLOCK                1
#define sigemptyset(set)           (*(set) = 0)
#define sigaddset(set, number)     (*(set) |= 1u << (number))
#define sigprocmask(how, set, old) ((void)(how), (void)(set))

#endif
