/* Which names an entry is about. */
#include <string.h>

#include "check_private.h"
#include "memprof/glob.h"

static bool fits(const char *pattern, const char *name)
{
	return strcmp(pattern, name) == 0 || glob_match(pattern, name);
}

static bool is_excepted(const struct budget_entry *entry, const char *name)
{
	for (size_t i = 0; i < entry->n_except; i++)
		if (fits(entry->except[i], name))
			return true;
	return false;
}

bool check_fits(const struct budget_entry *entry, const char *name)
{
	return fits(entry->pattern, name) && !is_excepted(entry, name);
}

bool check_leaves_out(const struct budget_entry *entry, const char *name)
{
	return entry->n_except && fits(entry->pattern, name) && is_excepted(entry, name);
}
