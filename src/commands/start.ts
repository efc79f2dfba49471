import { findCoordinator } from '../link/find.ts';
import { here, personLink } from './coordinator-link.ts';
import { print } from './output.ts';

/** `paw-coordinator start`: a coordinator that stays until `stop`; one that runs already is made to stay. */
export async function start(): Promise<void> {
  const place = await here();
  const found = await findCoordinator(place.stateDir);
  if (found.state === 'living') found.channel.close();
  const ran = found.state === 'living' || found.state === 'starting';
  const link = personLink(place, { args: ['--keep'] });
  try {
    const { pid } = await link.request('keep', {});
    print(
      `The coordinator ${ran ? 'is running already' : 'has started'} (process ${pid}). It stays until \`paw-coordinator stop\`.`,
    );
  } finally {
    await link.close();
  }
}
