/* Linker scripts, read with all that they include. */
#pragma once

#include "memprof/base/diag.h"
#include "memprof/image/image.h"
#include "memprof/image/ldscript.h"

enum { LINKER_SCRIPTS_MAX = 64 };

/* Lists end with NULL. names NULL: there is none. */
struct linker_scripts {
	const char *const *names;   /* in their order, read as one script */
	const char *const *defines; /* "NAME" or "NAME=VALUE", for the C preprocessor */
	const char *const *defsyms; /* "NAME=VALUE", as for the linker */
	const char *const *folders; /* where scripts that it includes may be */
	const char *sdkconfig;      /* of an ESP-IDF project, which its scripts include as "sdkconfig.h"; NULL */
	const char *cpp;            /* the command of the C preprocessor; NULL: cc */
	struct notice_sink notices;
};

/* A script with preprocessor directives, and with defines every script, is run through the C preprocessor first. 0, or
 * negative with diag. *ret is initialised, also on failure, and must not be moved. */
int linker_scripts_read(const struct linker_scripts *scripts, struct ldscript *ret, struct diag *diag);

/* Regions of the script for a map or an ELF without its own, and (NOLOAD) for sections of a map, resolved again with
 * them. How many; 0 if the script tells nothing new; negative with diag. */
int linker_scripts_give_regions(const struct ldscript *script, struct image *image, struct diag *diag);
