/* What is asked of a board at its prompt, in commands that read files and targets as well. */
#include "memprof/base/number.h"
#include "objects/private.h"
#include "objects/sources.h"

void objects_reading_deinit(struct objects_reading *r)
{
	objects_free(r->objects);
	memory_file_deinit(&r->file);
	*r = (struct objects_reading){ .objects = NULL };
}

const char *objects_prompt_option(const struct options *options)
{
	static const char *const names[] = { "verify",        "protocol", "interrupt",  "reset",   "baud",
					     "dtr",           "rts",      "save",       "collect", "no-survey",
					     "probe-largest", "patience", "listen-only" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (option_is(options, names[i]))
			return names[i];
	return NULL;
}
