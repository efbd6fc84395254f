/* Closing, refusing and finding again, for several kinds of sources. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "source/private.h"

void source_close_fd(struct source *source)
{
	if (source->fd >= 0)
		close(source->fd);
	source->fd = -1;
}

int source_report_held(const char *path, const struct port_holder *holder, struct diag *diag)
{
	struct place at = { .file = path };

	if (holder->pid == 0)
		return diag_at(diag, at, -EBUSY, "another program has it open; close that first");
	return diag_at(diag, at, -EBUSY, "%s (process %ld) has it open; close that first", holder->name,
		       (long)holder->pid);
}

static void note_twin(struct source *source, const struct port *port)
{
	if (source->n_twins < SOURCE_TWINS_MAX && port_same(port, &source->port) &&
	    strcmp(port->location, source->port.location) != 0)
		memcpy(source->twins[source->n_twins++], port->location, sizeof(source->twins[0]));
}

static bool is_back(const struct source *source, const struct port *port)
{
	if (!port_same(port, &source->port))
		return false;
	for (size_t i = 0; i < source->n_twins; i++)
		if (strcmp(source->twins[i], port->location) == 0)
			return false;
	return true;
}

size_t source_find_again(struct source *source, const void *items, size_t n_items, size_t item_bytes,
			 const struct port *(*port_of)(const void *item))
{
	const char *first = items;
	const struct port *port;

	if (!source->away) {
		source->n_twins = 0;
		for (size_t i = 0; i < n_items; i++)
			if ((port = port_of(first + i * item_bytes)))
				note_twin(source, port);
	}
	source->away = true;
	for (size_t i = 0; i < n_items; i++)
		if ((port = port_of(first + i * item_bytes)) && is_back(source, port))
			return i;
	return n_items;
}
