#ifndef MEMPROF_USB_FIND_H
#define MEMPROF_USB_FIND_H

#include "usb/list.h"

/* The only item that a name means; *ret points into items. 0; -EINVAL for no name, or one that several fit, which the
 * message lists; -ENOENT, with what is there instead; -ENOTTY for a device without that channel. A boot loader
 * (usb_ids.h) is found by its ids or its plug alone. */
int usb_find(const struct usb_item *items, size_t n, const char *uri, const struct usb_item **ret, struct diag *diag);

#endif
