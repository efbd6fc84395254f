/* Any bytes as a file of defaults: values are those that a key takes, and few messages. */
#include <string.h>

#include "fuzz.h"
#include "memprof/cli/config.h"
#include "memprof/cli/message.h"

static void count(void *ctx, const char *line, const char *words)
{
	(void)line, (void)words;
	++*(unsigned *)ctx;
}

FUZZ(data, size)
{
	struct config c = { .values = { "" } };
	unsigned n_messages = 0;

	message_redirect(count, &n_messages);
	config_read_lines(&c, "config", (const char *)data, size);
	message_redirect(NULL, NULL);
	MUST(n_messages <= 6);
	for (size_t i = 0; i < N_CONFIG_KEYS; i++)
		MUST(memchr(c.values[i], '\0', CONFIG_VALUE_MAX_BYTES));
}
