#include "boards.h"

#include <errno.h>
#include <stdlib.h>

int boards_pick(struct strbuf *ret_path, struct diag *diag)
{
	struct port *ports;
	size_t n, n_found = 0, i_found = 0;
	int r = ports_list(&ports, &n, diag);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n; i++) {
		if (!ports[i].usb)
			continue;
		n_found++;
		i_found = i;
	}
	if (n_found == 1)
		strbuf_puts(ret_path, ports[i_found].path);
	free(ports);
	if (n_found == 1)
		return 0;
	return diag_set(diag, n_found ? -EINVAL : -ENODEV, "no board is plugged in, or several are");
}
