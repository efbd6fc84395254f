/* Which names an entry is about. */
#include <string.h>

#include "budget/check_private.h"
#include "memprof/base/glob.h"

/* Behind the last slash; of a member behind that of its archive. */
size_t check_last_part(const char *name, size_t n_bytes)
{
	size_t at = n_bytes;

	if (at > 0 && name[at - 1] == ')')
		while (at > 0 && name[at - 1] != '(')
			at--;
	while (at > 0 && name[at - 1] != '/' && name[at - 1] != '\\')
		at--;
	return at;
}

bool check_fits_last_part(enum figure_subject subject, const char *pattern)
{
	return (subject == SUBJECT_OBJECT || subject == SUBJECT_ARCHIVE) && !strchr(pattern, '/');
}

static bool is_fit(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || glob_match(pattern, name);
}

static bool fits(enum figure_subject subject, const char *pattern, const char *name)
{
	return is_fit(pattern, name) ||
	       (check_fits_last_part(subject, pattern) && is_fit(pattern, name + check_last_part(name, strlen(name))));
}

bool check_excepts(const struct budget_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->n_except; i++)
		if (fits(entry->subject, entry->except[i], name))
			return true;
	return false;
}

bool check_fits(const struct budget_entry *entry, const char *name)
{
	return fits(entry->subject, entry->pattern, name) && !check_excepts(entry, name);
}

bool check_leaves_out(const struct budget_entry *entry, const char *name)
{
	return entry->n_except && fits(entry->subject, entry->pattern, name) && check_excepts(entry, name);
}
