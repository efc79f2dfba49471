/** The version of this package, as told to clients and in `status`. A test keeps it equal to package.json. */
export const VERSION = '0.1.0';

/**
 * The version of the link between agent processes and the coordinator. Raised when either side could
 * misread the other; the handshake refuses any other number.
 */
export const PROTOCOL_VERSION = 1;
