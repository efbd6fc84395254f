/* memprof's own data files: in the source they are layouts/NAME. Found from wherever the program is
 * called, by whatever link. The first of these that has the file:
 *
 *     PROGRAM/layouts/               in a build folder, into which meson copies them
 *     PROGRAM/../share/memprof/      in a prefix, also one that was moved, or installed with DESTDIR
 *     /usr/local/share/memprof/      in the prefix that memprof was configured for
 *
 * where PROGRAM is the folder of the running program itself (/proc/self/exe); the other two follow
 * meson's options prefix, bindir and datadir. So neither a build folder nor a prefix holds the other's
 * place, nor the source's: each can be moved. */
#ifndef MEMPROF_DATAFILE_H
#define MEMPROF_DATAFILE_H

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

enum { DATAFILE_MAX_BYTES = 1 << 20 };

/* ret_path becomes the path of the file, for messages about it; what is in it is appended to ret_text.
 * 0; -ENOENT; -EINVAL for a name that leads out of the folder; -EFBIG; -EACCES … On failure ret_path may
 * hold a path too, of which the diag borrows. */
int datafile_read(const char *name, struct strbuf *ret_path, struct strbuf *ret_text, struct diag *diag);

/* Appends the names that end in suffix, without it, in order, each with a newline: of the first of these
 * folders that has any. 0, also if there are none; -ENOMEM. */
int datafile_list(const char *suffix, struct strbuf *ret);

/* Where a program of memprof's own is that it starts: beside memprof in the build folder, or in
 * libexecdir. 0; -ENOENT, with diag filled. */
int datafile_program(const char *name, struct strbuf *ret_path, struct diag *diag);

#endif
