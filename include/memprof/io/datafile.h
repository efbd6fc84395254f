/* memprof's data files, layouts/NAME in the source, found independently of the working directory and of
 * links to the program. The first of these that has the file:
 *
 *     PROGRAM/layouts/               in a build folder, where meson copies them
 *     PROGRAM/../share/memprof/      in a prefix, also one that was moved, or installed with DESTDIR
 *     PROGRAM/../../share/memprof/   the same, of a program in libexecdir
 *     /usr/local/share/memprof/      in the configured prefix
 *
 * where PROGRAM is the folder of the running program (/proc/self/exe); the others follow meson's
 * options prefix, bindir, libexecdir and datadir. So build folders and prefixes can be moved. A program built with
 * -Done_file=true has all of them in itself, and looks nowhere else. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/base/strbuf.h"

enum { DATAFILE_MAX_BYTES = 1 << 20 };

/* Appends the file to ret_text; ret_path: its path, for messages. 0; -ENOENT; -EINVAL for a name with a
 * folder; -EFBIG; -EACCES … ret_path may be set on failure, too. */
int datafile_read(const char *name, struct strbuf *ret_path, struct strbuf *ret_text, struct diag *diag);

/* Appends the names that end in suffix, without it, sorted, each with a newline, from the first of these
 * folders that has any. 0, also if there are none; -ENOMEM. */
int datafile_list(const char *suffix, struct strbuf *ret);

/* The path of a program of memprof: beside memprof in the build folder, or in libexecdir. 0; -ENOENT,
 * with diag. */
int datafile_program(const char *name, struct strbuf *ret_path, struct diag *diag);
