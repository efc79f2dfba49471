import { randomUUID } from 'node:crypto';
import { LinkClient, type LinkClientOptions } from '../link/client.ts';
import type { HelloInput } from '../protocol/requests.ts';
import { PROTOCOL_VERSION } from '../protocol/version.ts';
import { stateFolder } from '../repository/layout.ts';
import { locate, type RepositoryPlace } from '../repository/locate.ts';

/** The repository a command is about. */
export interface Place extends RepositoryPlace {
  stateDir: string;
}

/**
 * The repository of the folder the command was started in.
 *
 * @throws PawError `environment` if there is none
 */
export async function here(): Promise<Place> {
  const place = await locate(process.cwd(), { env: process.env });
  return { ...place, stateDir: stateFolder(place.commonDir) };
}

export type PersonOptions = Partial<Pick<LinkClientOptions, 'mayStart' | 'onHello' | 'args' | 'signal'>>;

/** A link on which a person speaks; starts a coordinator if none runs, unless told otherwise. */
export function personLink({ commonDir, stateDir }: Place, options: PersonOptions = {}): LinkClient {
  const session = randomUUID();
  const hello: HelloInput = { protocol: PROTOCOL_VERSION, kind: 'person', session, pid: process.pid };
  return new LinkClient({ commonDir, stateDir, hello: () => hello, mayStart: 'always', ...options });
}

/** Does `work` with a person's link to the coordinator of this repository, and closes the link. */
export async function withCoordinator<A>(work: (link: LinkClient, place: Place) => Promise<A>): Promise<A> {
  const place = await here();
  const link = personLink(place);
  try {
    return await work(link, place);
  } finally {
    await link.close();
  }
}
