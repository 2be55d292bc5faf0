/* external.h: whose code tables resolve the funs that this thread decodes.
 *
 * Read next: enigma/term/external.pyx, its only user. */
#ifndef ENIGMA_EXTERNAL_H
#define ENIGMA_EXTERNAL_H

static _Thread_local void *en_external_context;

#endif
