import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The names, versions and licence texts of the packages whose code is in a bundle, sorted by name.
 * @param {string} root the repository
 * @param {import('esbuild').Metafile} metafile what esbuild bundled
 * @returns {Promise<string>}
 */
export async function thirdPartyLicences(root, metafile) {
  const sections = [];
  for (const folder of bundledPackages(metafile)) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const text = await licenceText(join(root, folder));
    sections.push({ key: `${name}@${version}`, text: [`${name} ${version} (${license})`, text].join('\n\n') });
  }
  sections.sort((a, b) => (a.key < b.key ? -1 : 1));
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return ['This program contains code of the following packages.', ...sections.map(({ text }) => text)]
    .join(rule)
    .concat('\n');
}

function bundledPackages(metafile) {
  const folders = new Set();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return folders;
}

async function licenceText(folder) {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return texts.length > 0 ? texts.map((text) => text.trim()).join('\n\n') : 'The package carries no licence file.';
}
