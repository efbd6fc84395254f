#ifndef MEMPROF_WINDOWS_LANGINFO_H
#define MEMPROF_WINDOWS_LANGINFO_H

enum { CODESET = 1 };
char *nl_langinfo(int item); /* "UTF-8", which is what the console is set to, unless LC_ALL or LANG is another */

#endif
